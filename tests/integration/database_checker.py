"""Writers whose every write says which one it is, and a check of all that was seen.

Each user has one writer, which sets the bio to a rising number and now and then
reads it back.  What was acknowledged must be there; what was answered 503 may be
there or not; nothing older may ever come back.
"""

import json
import time

from load import ANSWERED, Load, params


class Writers(Load):
    def __init__(self, program, users):
        super().__init__(program.address, self._next, threads=len(users),
                         on_outcome=self._check)
        self.users = users
        self.tag = [0] * len(users)          # of the latest write that was sent
        self.acked = [0] * len(users)        # of the latest that was acknowledged
        self.seen = [0] * len(users)         # the newest that was ever read
        self.problems = []

    def _next(self, thread, n):
        token = [("X-Session-Token", self.users[thread].token)]
        if n % 3 == 0:
            return params("GET", "/user/profile", token), b""
        self.tag[thread] += 1
        body = json.dumps({"bio": str(self.tag[thread])}).encode()
        return params("POST", "/user/preferences", token, str(len(body))), body

    def _check(self, outcome):
        thread = outcome.thread
        if outcome.how != ANSWERED:
            self.problems.append(outcome)
        elif outcome.status == 200:
            answer = outcome.answer.json()
            if "success" in answer:
                self.acked[thread] = self.seen[thread] = self.tag[thread]
            else:
                self._read(thread, int(answer.get("bio", "0")))
        return 0.02 if outcome.status != 200 else None

    def _read(self, thread, tag):
        if tag < max(self.seen[thread], self.acked[thread]) or tag > self.tag[thread]:
            self.problems.append(
                f"{thread}: read {tag}, after {self.seen[thread]} was seen, "
                f"{self.acked[thread]} acknowledged, {self.tag[thread]} sent")
        self.seen[thread] = max(self.seen[thread], tag)

    def statuses(self):
        return {o.status for o in list(self.outcomes)}

    def recovered(self, seconds):
        """Seconds until each of the writers has had a 200 that began after now."""
        started = time.monotonic()
        while True:
            good = {o.thread: o.ended for o in reversed(self.since(started))
                    if o.status == 200}
            if len(good) == len(self.users):
                return max(good.values()) - started
            if time.monotonic() > started + seconds:
                raise TimeoutError(f"{len(good)} of {len(self.users)} writers recovered")
            time.sleep(0.02)

    def stored(self, cluster):
        """What the database has for each user in the end."""
        rows = cluster.psql("SELECT user_id, coalesce(bio, '0') FROM user_profile")
        found = dict(row.split("|") for row in rows.splitlines())
        return {thread: int(found.get(user.id, "0")) for thread, user in enumerate(self.users)}

    def possible(self, thread):
        return range(max(self.acked[thread], self.seen[thread]), self.tag[thread] + 1)
