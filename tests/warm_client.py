"""`python warm_client.py ADDRESS ARGUMENT...`: `python ARGUMENT...`, forked from the warm server at that address.

For programs that start the command themselves, hundreds of times; see warm_python.py.
"""

from __future__ import annotations

import json
import os
import socket
import sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect(sys.argv[1])
    order = {"args": sys.argv[2:], "cwd": os.getcwd(), "env": dict(os.environ), "new_session": False}  # noqa: PTH109
    message = json.dumps(order).encode()
    socket.send_fds(server, [len(message).to_bytes(4, "big")], [0, 1, 2])
    server.sendall(message)
    with server.makefile("rb") as answer:
        answer.read(4)  # the number of the process
        status = int.from_bytes(answer.read(4), "big")
os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
