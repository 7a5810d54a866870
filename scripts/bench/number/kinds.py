# Kinds: get, field, set, add, locked of a value; array_get, array_set of one element, array_read and array_write of so
# many bytes of 8-byte integers; buffer_read and buffer_write of so many bytes.
import multiprocessing
from multiprocessing import shared_memory

import clock

ELEMENTS = 1000


def get():
    value = multiprocessing.Value("q", 1)

    def run(n):
        for _ in range(n):
            value.value

    return run


def field():
    value = multiprocessing.Value("q", 1)

    def run(n):
        for _ in range(n):
            assert value.value == 1

    return run


def set_value():
    value = multiprocessing.Value("q", 0)

    def run(n):
        for i in range(n):
            value.value = i

    return run


def add():  # there is no atomic one
    value = multiprocessing.Value("q", 0)

    def run(n):
        for _ in range(n):
            with value.get_lock():
                value.value += 1

    return run


def array_get():
    array = multiprocessing.Array("q", [1] * ELEMENTS)

    def run(n):
        for i in range(n):
            assert array[i % ELEMENTS] == 1

    return run


def array_set():
    array = multiprocessing.Array("q", ELEMENTS)

    def run(n):
        for i in range(n):
            array[i % ELEMENTS] = i

    return run


def array_read(size):
    array = multiprocessing.Array("q", size // 8)

    def run(n):
        for _ in range(n):
            assert len(array[:]) == size // 8

    return run


def array_write(size):
    array = multiprocessing.Array("q", size // 8)
    numbers = array[:]

    def run(n):
        for _ in range(n):
            array[:] = numbers

    return run


def with_memory(size, step):
    def run(n):
        memory = shared_memory.SharedMemory(create=True, size=size)
        try:
            return step(memory.buf, n)
        finally:
            memory.close()
            memory.unlink()

    return run


def buffer_read(size):
    def read(buffer, n):
        for _ in range(n):
            assert len(bytes(buffer)) == size

    return with_memory(size, read)


def buffer_write(size):
    text = b"x" * size

    def write(buffer, n):
        for _ in range(n):
            buffer[:size] = text

    return with_memory(size, write)


KINDS = {
    "get": get,
    "field": field,
    "set": set_value,
    "add": add,
    "locked": add,
    "array_get": array_get,
    "array_set": array_set,
    "array_read": array_read,
    "array_write": array_write,
    "buffer_read": buffer_read,
    "buffer_write": buffer_write,
}

if __name__ == "__main__":
    clock.main(KINDS)
