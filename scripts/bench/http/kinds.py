# Kinds: get, session, many (8 threads with one Session, which keeps a connection for each); then the URL of the files'
# directory. The microseconds of one file.
import concurrent.futures

import requests

import clock

FILES = 1000


def check(response):
    assert response.status_code == 200 and len(response.text) == 1024, response


def get(base):
    def run(n):
        for i in range(n):
            check(requests.get(base + str(i % FILES + 1)))

    return run


def in_session(base):
    session = requests.Session()

    def run(n):
        for i in range(n):
            check(session.get(base + str(i % FILES + 1)))

    return run


def many(base):
    session = requests.Session()

    def run(n):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for response in pool.map(session.get, [base + str(i % FILES + 1) for i in range(n)]):
                check(response)

    return run


if __name__ == "__main__":
    clock.main({"get": get, "session": in_session, "many": many})
