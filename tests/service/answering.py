"""What somebody who is called may say in place of an answer."""

import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler


def says(words: bytes, every: float = 0) -> Callable[[BaseHTTPRequestHandler], None]:
    """Say something that may be no answer, byte for byte if `every` is so many seconds."""

    def say(request: BaseHTTPRequestHandler) -> None:
        for place in range(len(words)) if every else ():
            request.wfile.write(words[place : place + 1])
            time.sleep(every)
        if not every:
            request.wfile.write(words)

    return say
