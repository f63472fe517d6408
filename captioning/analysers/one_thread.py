"""Threads that prepare pictures run beside one another already: in each of them, torch computes by itself."""

from __future__ import annotations

from threading import Thread, local

_here = local()


def compute_in_one_thread() -> None:
    """Have torch compute in the calling thread alone from now on.

    torch keeps the number for the calling thread, and for those that have not computed yet; another thread puts
    that back, so that the captioner keeps its own.
    """
    import torch

    if getattr(_here, "is_set", False):
        return
    number = torch.get_num_threads()
    torch.set_num_threads(1)
    other = Thread(target=torch.set_num_threads, args=(number,))
    other.start()
    other.join()
    _here.is_set = True
