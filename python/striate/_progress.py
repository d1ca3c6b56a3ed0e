"""A line on standard error that says how far a run is."""
import sys
import time


def _words(seconds):
    whole = int(seconds + 0.5)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


class Line:
    """Rewrites itself in a terminal; elsewhere a new line every five seconds."""

    def __init__(self):
        self._is_terminal = hasattr(sys.stderr, "isatty") and sys.stderr.isatty()
        self._last = 0.0

    def message(self, text):
        print(text, file=sys.stderr)

    def __call__(self, done, of, unit, elapsed_s):
        is_last, now = done == of, time.monotonic()
        if not (self._is_terminal or is_last or now - self._last >= 5.0):
            return
        self._last = now
        left = _words(elapsed_s * (of / done - 1.0)) if done else "?"
        text = f"{done:.6g} of {of:.6g} {unit}  {left} left"
        begin, end = ("\r\033[K", "\n" if is_last else "") if self._is_terminal else ("", "\n")
        print(begin + text, end=end, file=sys.stderr, flush=True)
