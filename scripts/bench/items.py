# What is sent: "int", "record", "text" (1 KiB), or a string of so many characters.
def item(kind):
    if kind == "int":
        return 123456
    if kind == "text":
        kind = 1024
    if kind != "record":
        return "x" * kind
    return {
        "id": 4711,
        "name": "Ada Lovelace",
        "active": True,
        "score": 98.5,
        "created": 1700000000,
        "email": "ada@example.org",
        "tags": ["mathematics", "engines", "poetry"],
        "address": {"street": "St James's Square", "number": 12, "city": "London"},
        "limits": {"daily": 100, "monthly": 2000},
        "note": "first programmer",
    }
