# The exercises whose time is not sleep, in Python, each with what its script below scripts/ does: exercise.py NAME
# ARG...
import multiprocessing
import re
import sys
import time
import traceback


def all_of(target, list_of_args):
    processes = [multiprocessing.Process(target=target, args=args) for args in list_of_args]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return processes


def print_numbers(first, last):
    for i in range(first, last + 1):
        print(i)


def process():
    all_of(print_numbers, [(1, 10)])


def several():
    all_of(print, [("Hello",), ("World",), ("Multiprocessing",)])


def square(x):
    return x * x


def pool():
    with multiprocessing.Pool(4) as crew:
        print(crew.map(square, range(10)))


def increment(counter, times):
    for _ in range(times):
        with counter.get_lock():
            counter.value += 1


def increment_with_race(counter, times):
    for _ in range(times):
        counter.value += 1


def in_two_processes(f, times):
    counter = multiprocessing.Value("i", 0)
    all_of(f, [(counter, times)] * 2)
    return counter.value


def value():
    print("Final counter value:", in_two_processes(increment, 1000))
    print("With the race:", in_two_processes(increment_with_race, 300000))


def double(index, items):
    items[index] = items[index] * 2


def array():
    numbers = multiprocessing.Array("i", [1, 2, 3, 4, 5])
    all_of(double, [(i, numbers) for i in range(5)])
    print("Final array:", list(numbers))


def add_one(mutex, shared):
    with mutex:
        shared.value += 1


def lock():
    shared = multiprocessing.Value("i", 0)
    mutex = multiprocessing.Lock()
    all_of(add_one, [(mutex, shared)] * 10)
    print("Final value:", shared.value)


def manager():
    with multiprocessing.Manager() as server:
        numbers = server.list([1, 2, 3, 4, 5])
        all_of(double, [(i, numbers) for i in range(5)])
        print("Final list:", list(numbers))


def meet(meeting, name):
    print(name, "is waiting at the barrier")
    meeting.wait()
    print(name, "passed the barrier")


def barrier():
    meeting = multiprocessing.Barrier(3)
    all_of(meet, [(meeting, f"Process-{i}") for i in range(1, 4)])


def send(connection):
    connection.send("Hello from sender")
    connection.close()


def receive(connection):
    print("Received:", connection.recv())
    connection.close()


def pipe():
    parent, child = multiprocessing.Pipe()
    sender = multiprocessing.Process(target=send, args=(child,))
    receiver = multiprocessing.Process(target=receive, args=(parent,))
    sender.start()
    receiver.start()
    sender.join()
    receiver.join()


def careful():
    try:
        raise ValueError("an error occurred in the child process")
    except ValueError as error:
        print("Caught:", error)
        traceback.print_exc()


def careless():
    raise ValueError("nobody catches this one in the child")


def exceptions():
    for target in (careful, careless):
        print("exit code", all_of(target, [()])[0].exitcode)


def is_prime(n):
    if n < 2:
        return False
    for i in range(2, int(n**0.5) + 1):
        if n % i == 0:
            return False
    return True


PORTION = 10000


def count_primes(first, limit):
    return sum(is_prime(n) for n in range(first, min(first + PORTION, limit)))


def speedup(limit):
    limit = int(limit)
    portions = [(first, limit) for first in range(1, limit, PORTION)]
    begin = time.time()
    primes = sum(count_primes(*portion) for portion in portions)
    print("One process:", time.time() - begin)
    begin = time.time()
    with multiprocessing.Pool() as crew:
        assert sum(crew.starmap(count_primes, portions, chunksize=1)) == primes
    print("Several:", time.time() - begin)


def read_file(i, name, contents):
    with open(name, "rb") as file:
        contents.put((i, file.read()))


def files(output, *names):
    contents = multiprocessing.Queue()
    processes = [multiprocessing.Process(target=read_file, args=(i, name, contents)) for i, name in enumerate(names)]
    for one in processes:
        one.start()
    parts = dict(contents.get() for _ in names)  # before they are joined, since they cannot end before
    for one in processes:
        one.join()
    with open(output, "wb") as file:
        for i in range(len(names)):
            file.write(parts[i])
    print(len(names), "files are merged in", output)


THREADS = 3


def count_words(text, counts):
    counts.append(len(re.findall(r"\w+", text)))


def process_data(text):
    import threading

    counts, threads, at = [], [], 0
    while at < len(text):
        end = re.compile(r"\W|$").search(text, min(at + len(text) // THREADS, len(text))).start()
        end = max(end, at + 1)
        threads.append(threading.Thread(target=count_words, args=(text[at:end], counts)))
        threads[-1].start()
        at = end
    for thread in threads:
        thread.join()
    return sum(counts), len(threads)


def download(url):
    import requests

    print("Downloading", url)
    text = requests.get(url).text
    print(url, len(text), "bytes,", *process_data(text))


def hybrid(*urls):
    all_of(download, [(url,) for url in urls])


def fetch(url, fetched):
    import requests

    fetched.append((url, requests.get(url).text[:100]))


def scraper(*urls):
    with multiprocessing.Manager() as server:
        fetched = server.list()
        all_of(fetch, [(url, fetched) for url in urls])
        for url, text in fetched:
            print(url, text)


EXERCISES = {
    "process": process,
    "arguments": process,
    "several": several,
    "pool": pool,
    "value": value,
    "array": array,
    "lock": lock,
    "manager": manager,
    "barrier": barrier,
    "pipe": pipe,
    "exceptions": exceptions,
    "speedup": speedup,
    "files": files,
    "hybrid": hybrid,
    "scraper": scraper,
}

if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    EXERCISES[sys.argv[1]](*sys.argv[2:])
