"""What a TensorFlow.js graph is: values, nodes, the ops they may use, building, editing, JSON in and out."""
