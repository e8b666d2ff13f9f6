"""How right a web model is, on all test images, in real TensorFlow.js."""
