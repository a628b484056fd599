"""Who asks: the users of users.h, their tokens and their profiles.

Three kinds: those of Ory with an opaque token, those of Clerk whose token holds
the email address, and those of Clerk whose address and name are looked up.
"""

USERS = 10000    # as in users.h


def bio(i):
    return f"Reads, rides a bicycle, and answers to user{i}."


def row(i):
    """What the database holds of user i."""
    return {"theme": "dark" if i % 2 == 0 else "light",
            "notifications": i % 3 == 0, "bio": bio(i)}


class People:
    """`tokens` is the file for wrk, `nobody` a token that must be refused; each
    is sent in `field`, behind `scheme`."""

    field, scheme = "Authorization", "Bearer "
    provider = "ory"
    nobody = "ory_st_" + "f" * 32

    def __init__(self, tokens):
        self.tokens = tokens
        with open(tokens) as f:
            self.list = f.read().split()

    @staticmethod
    def subject(i):
        return f"{i:08x}-0000-4000-8000-{i:012x}"

    @staticmethod
    def contact(i):
        return {"email": f"user{i}@example.com", "name": f"User Number{i}"}

    def token(self, i):
        return self.list[i]

    def profile(self, i):
        """What every target but the first must answer user i."""
        return {"userId": self.subject(i), **self.contact(i), **row(i)}


class ClerkUsers(People):
    provider = "clerk"

    def __init__(self, tokens):
        super().__init__(tokens)
        # Of the right form, but not signed by anybody.
        head, claims, _ = self.list[0].split(".")
        self.nobody = f"{head}.{claims}.{'A' * 342}"

    @staticmethod
    def subject(i):
        return f"user_2bench{i:08x}BenchBenchBen"


class ClerkClaims(ClerkUsers):
    @staticmethod
    def contact(i):
        return {"email": f"user{i}@example.com"}


def ory_token(i):
    return f"ory_st_{i:08x}BenchBenchBenchBenchBenc"
