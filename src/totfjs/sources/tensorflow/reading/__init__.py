"""Files of TensorFlow → Program, Signatures and variables. Files are parsed, never run; hostile ones are refused here."""
