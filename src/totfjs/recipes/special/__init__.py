"""Special functions to the accuracy of float32, as short chains of the ops that every backend runs fast.

On WebAssembly sums, products, quotients and clips are vectorised; comparisons, choices and library functions cost ten
to sixty times as much. So the functions here are rational approximations on clipped arguments wherever possible.
"""
