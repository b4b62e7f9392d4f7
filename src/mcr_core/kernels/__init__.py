"""Descriptors and their gradients on a CPU: NumPy and BLAS, no TensorFlow, no compiling."""
