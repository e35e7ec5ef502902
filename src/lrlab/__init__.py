"""lrlab: which learning-rate schedule, at what peak rate, and how sure are we?"""

__version__ = "0.1.0"
