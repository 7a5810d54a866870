# Kinds: get, set, insert, nested, pairs; then how many pairs the Manager's dict or list has.
import multiprocessing

import clock

SOME = 100  # keys that are used


def filled(manager, size):
    keys = ["key%d" % (i * size // SOME) for i in range(1, SOME + 1)]
    return manager.dict({"key%d" % i: i for i in range(1, size + 1)}), keys


def get(manager, size):
    d, keys = filled(manager, size)

    def run(n):
        for i in range(n):
            assert d[keys[i % SOME]]

    return run


def set_keys(manager, size):
    d, keys = filled(manager, size)

    def run(n):
        for i in range(n):
            d[keys[i % SOME]] = i

    return run


def insert(manager, size):
    items = manager.list(range(size))

    def run(n):
        for i in range(n):
            items.append(i)

    return run


def nested(manager, size):
    d, keys = filled(manager, size)
    outer = manager.dict({"a": d})

    def run(n):
        for i in range(n):
            assert outer["a"][keys[i % SOME]]

    return run


def pairs(manager, size):
    d, _ = filled(manager, size)

    def run(n):
        for _ in range(n):
            assert sum(value for _, value in d.items()) == size * (size + 1) // 2

    return run, size


def walk(manager, size):  # key after key, as it is written most often
    d, _ = filled(manager, size)

    def run(n):
        keys = iter(d.keys())
        for _ in range(n):
            key = next(keys, None)
            if key is None:
                keys = iter(d.keys())
            else:
                assert d[key]

    return run


KINDS = {"get": get, "set": set_keys, "insert": insert, "nested": nested, "pairs": pairs, "walk": walk}

if __name__ == "__main__":
    with multiprocessing.Manager() as server:
        clock.main({name: (lambda size, make=make: make(server, size)) for name, make in KINDS.items()})
