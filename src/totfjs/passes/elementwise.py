"""Which ops work element by element, so that a change of layout may pass from one side of them to the other."""

from __future__ import annotations

# What fused convolutions and products can do after the bias.
ACTIVATIONS = frozenset(("Relu", "Relu6", "Elu", "LeakyRelu", "Sigmoid"))
UNARY = ACTIVATIONS | frozenset((
    "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Cast", "Ceil", "Cos", "Cosh", "Erf", "Exp", "Expm1",
    "Floor", "IsFinite", "IsInf", "IsNan", "Log", "Log1p", "LogicalNot", "Neg", "Reciprocal", "Round", "Rsqrt", "Selu",
    "Sign", "Sin", "Sinh", "Softplus", "Sqrt", "Square", "Tan", "Tanh",
))  # fmt: skip
BINARY = frozenset((
    "AddV2", "Add", "Sub", "Mul", "RealDiv", "Div", "DivNoNan", "Maximum", "Minimum", "Pow", "SquaredDifference",
    "FloorDiv", "FloorMod", "Atan2", "Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual",
    "LogicalAnd", "LogicalOr",
))  # fmt: skip
