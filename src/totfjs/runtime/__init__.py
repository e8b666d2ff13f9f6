"""Real TensorFlow.js from Python: engines which run it, and models loaded in them. Converting is not done here."""

from totfjs.runtime.engine import BROWSER, HEADLESS, Engine, available_engines, open_engine
from totfjs.runtime.run import run_model
from totfjs.runtime.session import Port, Session

__all__ = ["BROWSER", "HEADLESS", "Engine", "Port", "Session", "available_engines", "open_engine", "run_model"]
