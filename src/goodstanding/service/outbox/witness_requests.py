"""Asking witnesses to keep the log's head and to say so, by the protocol of C2SP tlog-witness."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from goodstanding.errors import Conflict, NotReady, StandingError
from goodstanding.registry import Registry
from goodstanding.registry.log.checkpoints import packed, read_checkpoint, read_size
from goodstanding.registry.log.log_proofs import prove_consistency
from goodstanding.registry.log.origin import checkpoint_now
from goodstanding.registry.log.signed_notes import Note, Signed, read_note, signed_by
from goodstanding.registry.unopened import Unopened
from goodstanding.registry.witnesses import Witness, all_witnesses, newest_cosigned, store_cosignature
from goodstanding.service.outbox.outgoing import FAILED, NotOpen, pool_of
from goodstanding.wording import tr

SECONDS = 10.0
# A log that does not grow is shown again, so that a witness says that there is nothing newer.
AGAIN_AFTER = timedelta(hours=1)
LONGEST_ANSWER = 64 * 1024
# Of sizes that a witness says it has, how many are proven from before it is left alone.
_TRIES = 3
_SIZE_TYPE = "text/x.tlog.size"
_TAKEN, _CONFLICT = 200, 409


@dataclass(frozen=True)
class WitnessReply:
    """How it went with a witness: the size that it cosigned and when, or why it did not."""

    witness: str
    size: int | None = None
    at: datetime | None = None
    problem: StandingError | None = None


@dataclass(frozen=True)
class _Answer:
    status: int
    media_type: str
    body: bytes


class WitnessRequests:
    """Asks witnesses. `private`: also at addresses of this machine or network."""

    def __init__(self, registry: Registry, *, private: bool = False, seconds: float = SECONDS) -> None:
        self.registry = registry
        self.seconds = seconds
        self._pool = pool_of(seconds, private=private)

    def close(self) -> None:
        """Close what is open."""
        self._pool.close()

    def ask_due(
        self, stopped: Callable[[], bool] = lambda: False, left: list[Unopened] | None = None
    ) -> Sequence[WitnessReply]:
        """Ask the witnesses whose newest cosignature is of a shorter log, or is an hour old.

        `left` learns which rows do not read; without it BadInput is raised for one.
        """
        return self._ask_all(stopped, left, due=True)

    def ask_all(self, left: list[Unopened] | None = None) -> Sequence[WitnessReply]:
        """Ask every witness; `left` as in `ask_due`."""
        return self._ask_all(lambda: False, left, due=False)

    def _ask_all(
        self, stopped: Callable[[], bool], left: list[Unopened] | None, *, due: bool
    ) -> Sequence[WitnessReply]:
        """Show all of them one head, so that their cosignatures stand under the same. One that fails stops no other."""
        with self.registry.read() as transaction:
            several = all_witnesses(transaction.connection, left)
            known = {one: newest_cosigned(transaction.connection, one.key, left) for one in several}
            if not known:
                return []
            note, now = checkpoint_now(transaction.connection, transaction.keyring), transaction.now
        size, found = read_checkpoint(note).size, list[WitnessReply]()
        for witness, newest in known.items():
            if stopped():
                break
            if due and newest is not None and newest.size >= size and now - newest.at < AGAIN_AFTER:
                continue
            try:
                signed = self._ask(witness, note, size, 0 if newest is None or newest.size > size else newest.size)
            except StandingError as error:
                found.append(WitnessReply(witness.name, problem=error))
                continue
            self.registry.do(lambda transaction, w=witness, s=signed: store_cosignature(transaction, w, note, s))
            found.append(WitnessReply(witness.name, size, signed.time))
        return found

    def _ask(self, witness: Witness, note: Note, size: int, old: int) -> Signed:
        """A witness's cosignature. Raises NotReady if it does not answer or knows no such log, Conflict for a fork."""
        tried = {old}
        while True:
            answer = self._post(witness, submission(old, self._path(old, size), note))
            if answer.status == _TAKEN:
                return _cosignature(witness, note, answer.body)
            had = _size_of(answer)
            if had is None or had in tried or had > size or len(tried) == _TRIES:
                raise _refusal(witness, answer, had, size)
            old = had
            tried.add(old)

    def _path(self, old: int, size: int) -> Sequence[bytes]:
        if not old:
            return []
        with self.registry.read() as transaction:
            return prove_consistency(transaction.connection, old, size)

    def _post(self, witness: Witness, body: bytes) -> _Answer:
        headers: dict[str | bytes, str | bytes] = {
            "content-type": "text/plain; charset=utf-8",
            "user-agent": "goodstanding",
        }
        found = bytearray()
        try:
            with self._pool.stream("POST", f"{witness.url}/add-checkpoint", headers=headers, content=body) as response:
                for chunk in response.iter_stream():
                    found += chunk
                    if len(found) > LONGEST_ANSWER:
                        break
                kinds = [value for name, value in response.headers if name.lower() == b"content-type"]
                status = response.status
        except NotOpen as error:
            raise error.worded(witness.name) from error
        except FAILED as error:
            expected = tr("an answer within {n} seconds", n=round(self.seconds, 1))
            raise NotReady(
                where=witness.name, found=tr("no answer"), expected=expected, do=tr("Try again in a while.")
            ) from error
        if len(found) > LONGEST_ANSWER:
            expected, do = tr("at most {most} bytes", most=LONGEST_ANSWER), tr("Ask whoever runs the witness.")
            raise NotReady(where=witness.name, found=tr("a longer answer"), expected=expected, do=do)
        kind = b"".join(kinds[:1]).decode("latin-1").partition(";")[0].strip().lower()
        return _Answer(status, kind, bytes(found))


def submission(old: int, path: Sequence[bytes], note: Note) -> bytes:
    """What a witness is sent: the size that it has, the proof from there, and the checkpoint."""
    return "".join(f"{line}\n" for line in (f"old {old}", *map(packed, path), "")).encode() + str(note).encode()


def _cosignature(witness: Witness, note: Note, body: bytes) -> Signed:
    """The newest of a witness's cosignatures in an answer. Raises NotReady without one, BadInput if one is wrong."""
    whole = read_note(str(note).encode() + body)
    # An answer with a blank line in it would have another text above its signatures.
    found = signed_by(whole, [witness.key]) if whole.text == note.text else []
    if not found:
        expected, do = tr("a cosignature by its key"), tr("Check the key that it was added with.")
        raise NotReady(where=witness.name, found=tr("none in its answer"), expected=expected, do=do)
    return max(found, key=lambda one: one.at or 0)


def _size_of(answer: _Answer) -> int | None:
    """The size that a witness says it has."""
    if answer.status != _CONFLICT or answer.media_type != _SIZE_TYPE or not answer.body.endswith(b"\n"):
        return None
    return read_size(answer.body[:-1].decode("latin-1"))


def _refusal(witness: Witness, answer: _Answer, had: int | None, size: int) -> StandingError:
    """Why a witness did not cosign, in words."""
    name, expected, check = witness.name, tr("a cosignature"), tr("Hold the log against its head: `standing verify`.")
    match answer.status:
        case 403:
            found, do = tr("it does not know the key that signs the log"), tr("Give it the log's key.")
            return NotReady(where=name, found=found, expected=expected, do=do)
        case 404:
            found, do = tr("it does not know this log"), tr("Have it take up the log, by its name and its key.")
            return NotReady(where=name, found=found, expected=expected, do=do)
        case 422:
            return Conflict(
                where=name, found=tr("the log does not go on from the head that it keeps"), expected=expected, do=check
            )
        case 409 if had is not None and had > size:
            found = tr("it keeps a head of {had} lines, and the log has {size}", had=had, size=size)
            return Conflict(where=name, found=found, expected=expected, do=check)
        case 409:
            return Conflict(
                where=name,
                found=tr("it keeps another head of this size, or of one after another"),
                expected=expected,
                do=check,
            )
        case status:
            return NotReady(
                where=name,
                found=tr("status {status}", status=status),
                expected=expected,
                do=tr("Ask whoever runs the witness."),
            )
