# What pickling and unpickling of a value costs by itself, as multiprocessing does it; see items.py for the kinds.
import pickle
import sys
from multiprocessing.reduction import ForkingPickler

import clock
from items import item

thing = item(sys.argv[1])


def run(n):
    for _ in range(n):
        pickle.loads(ForkingPickler.dumps(thing))


if __name__ == "__main__":
    print(clock.measure(run))
