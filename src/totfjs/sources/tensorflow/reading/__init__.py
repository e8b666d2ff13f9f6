"""Files of TensorFlow → Program, signatures and variables. Files are parsed, never run; hostile ones are refused."""
