"""The raw store keeps exact bytes, chains its manifest, and names whatever was altered."""

import gzip
import json
import multiprocessing
import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sellerwatch.core.errors import PermanentError
from sellerwatch.rawstore.manifest import GENESIS, Received
from sellerwatch.rawstore.store import GZIP, RawStore
from sellerwatch.rawstore.verify import verify


def received(report_id="1", compression=""):
    return Received(
        store="cascade",
        marketplace="US",
        report="fba_inventory",
        first_day="2026-11-17",
        last_day="2026-11-17",
        report_id=report_id,
        content_type="text/plain;charset=UTF-8",
        compression=compression,
        received_at="2026-11-17T13:31:00+00:00",
        observed_at="2026-11-17T13:30:00+00:00",
    )


@pytest.fixture
def store(tmp_path):
    return RawStore(tmp_path / "raw")


def test_bytes_come_back_exactly_and_the_first_line_hangs_on_the_genesis(store):
    entry = store.put_bytes(b'sku\t"\r\n\xff', received())

    assert store.read(entry) == b'sku\t"\r\n\xff'
    assert entry.previous == GENESIS
    assert verify(store).is_intact


def test_a_gzip_document_is_kept_compressed_and_read_with_all_its_members(store):
    data = gzip.compress(b"one\n") + gzip.compress(b"two\n")

    entry = store.put_bytes(data, received(compression=GZIP))

    assert store.object_path(entry.sha256).read_bytes() == data
    assert store.read(entry) == b"one\ntwo\n"


def test_an_open_document_can_be_read_from_its_start_again(store):
    entry = store.put_bytes(gzip.compress(b"one\n" * 1000), received(compression=GZIP))

    with store.open(entry) as file:
        piece, rest = file.read(10), file.read()
        assert file.seek(0) == 0
        assert (piece + rest, file.read(None)) == (b"one\n" * 1000,) * 2


DAMAGES = {
    "cut": lambda data: data[:-9],
    "altered": lambda data: data[:20] + b"\xff" * 9 + data[29:],
    "another_form": lambda _: b"no gzip at all",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damage_is_told_where_the_document_is_read_and_not_before(store, damage):
    entry = store.put_bytes(damage(gzip.compress(bytes(range(256)) * 9)), received(compression=GZIP))

    with store.open(entry) as file, pytest.raises(PermanentError, match="damaged") as caught:
        file.read()
    assert caught.value.where == str(store.object_path(entry.sha256))


def test_a_workbench_is_empty_whatever_was_left_on_it(store):
    bench = store.open_workbench("cascade")
    (bench / "rows").write_bytes(b"left by a crash")
    other = store.open_workbench("alpine")
    (other / "rows").write_bytes(b"in use")

    assert [*store.open_workbench("cascade").iterdir()] == []
    assert [path.name for path in other.iterdir()] == ["rows"]
    assert verify(store).unlisted == ()


def test_a_workbench_that_cannot_be_made_is_told(store):
    store.folder.parent.mkdir(exist_ok=True)
    store.folder.write_bytes(b"a file where the folder should be")

    with pytest.raises(PermanentError, match="cannot write"):
        store.open_workbench("cascade")


def test_truncated_gzip_is_refused_when_read_but_its_bytes_are_kept(store):
    data = gzip.compress(b"one\n" * 100)[:-6]
    entry = store.put_bytes(data, received(compression=GZIP))

    with pytest.raises(PermanentError, match="damaged"):
        store.read(entry)
    assert store.object_path(entry.sha256).read_bytes() == data


def test_the_same_document_of_the_same_report_is_listed_once(store):
    first = store.put_bytes(b"x", received("7"))
    again = store.put_bytes(b"x", received("7"))
    other = store.put_bytes(b"x", received("8"))

    assert again == first
    assert (other.number, other.previous) == (2, first.hash)


def test_a_torn_last_line_is_dropped_by_the_next_append(store):
    store.put_bytes(b"a", received("1"))
    with store.manifest.path.open("ab") as file:
        file.write(b'{"number": 2, "prev')

    entry = store.put_bytes(b"b", received("2"))

    assert entry.number == 2
    assert [item.number for item in store.manifest.entries()] == [1, 2]
    assert verify(store).is_intact


def three_documents(store):
    return [store.put_bytes(text, received(str(number))) for number, text in enumerate([b"a", b"b", b"c"])]


def _alter_line(lines):
    lines[1] = lines[1].replace('"marketplace":"US"', '"marketplace":"UK"')


def _remove_line(lines):
    del lines[1]


def _swap_lines(lines):
    lines[1], lines[2] = lines[2], lines[1]


def _rewrite_line_with_its_own_hash(lines):
    other = json.loads(lines[1])
    other["hash"] = "f" * 64
    lines[1] = json.dumps(other)


def _garbage(lines):
    lines[0] = "not json"


@pytest.mark.parametrize("damage", [_alter_line, _remove_line, _swap_lines, _rewrite_line_with_its_own_hash, _garbage])
def test_any_change_of_the_manifest_is_found(store, damage):
    three_documents(store)
    lines = store.manifest.path.read_text().splitlines()

    damage(lines)
    store.manifest.path.write_text("\n".join(lines) + "\n")

    assert not verify(store).is_intact


def test_an_altered_and_a_missing_document_are_named(store):
    entries = three_documents(store)
    store.object_path(entries[0].sha256).write_bytes(b"A")
    store.object_path(entries[2].sha256).unlink()

    found = verify(store).findings

    assert [finding.what for finding in found] == [
        "the document was altered: cascade US fba_inventory 2026-11-17, manifest line 1",
        "the document is missing: cascade US fba_inventory 2026-11-17, manifest line 3",
    ]
    with pytest.raises(PermanentError, match="altered"):
        store.read(entries[0])
    with pytest.raises(PermanentError, match="cannot be read"):
        store.read(entries[2])


def test_a_document_is_told_by_its_days_and_its_part():
    part = replace(received(), first_day="2026-11-01", part="asins-002")

    assert part.title == "cascade US fba_inventory 2026-11-01 to 2026-11-17 asins-002"


def test_an_object_without_a_line_is_told_but_is_no_damage(store):
    three_documents(store)
    orphan = store.object_path("ab" * 32)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"left by a crash")

    result = verify(store)

    assert result.is_intact
    assert result.unlisted == (str(orphan),)


def test_an_empty_store_is_intact(store):
    assert verify(store).is_intact
    assert verify(store).documents == 0


@pytest.mark.skipif(os.name != "posix", reason="needs file permissions")
def test_a_store_that_cannot_be_written_says_where_and_what_to_do(tmp_path):
    (tmp_path / "raw").write_text("a file, not a folder")

    with pytest.raises(PermanentError, match="cannot write to the raw store") as error:
        RawStore(tmp_path / "raw").put_bytes(b"x", received())
    assert "run again" in str(error.value)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=st.lists(st.binary(max_size=50), min_size=1, max_size=6))
def test_whatever_is_put_is_intact_and_any_flipped_byte_of_the_manifest_is_not(tmp_path_factory, documents):
    store = RawStore(tmp_path_factory.mktemp("raw"))
    for number, data in enumerate(documents):
        store.put_bytes(data, received(str(number)))

    assert verify(store).is_intact
    whole = store.manifest.path.read_bytes()
    place = len(whole) // 2
    store.manifest.path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    assert not verify(store).is_intact


def test_writers_with_inboxes_of_their_own_do_not_take_each_others_files(store):
    files = []
    for name in ("cascade", "alpine"):
        file = store.open_inbox(name) / "same-hash"
        file.write_bytes(b"the same bytes")
        files.append(file)

    entries = [store.put(file, received(str(number))) for number, file in enumerate(files)]

    assert [store.read(entry) for entry in entries] == [b"the same bytes"] * 2
    assert verify(store).is_intact


def test_an_inbox_is_opened_empty_of_what_a_crash_left(store):
    (store.open_inbox("cascade") / ".part-1").write_bytes(b"half")

    assert list(store.open_inbox("cascade").iterdir()) == []


def test_an_inbox_that_cannot_be_made_says_where(tmp_path):
    (tmp_path / "raw").write_text("a file, not a folder")

    with pytest.raises(PermanentError, match="cannot write to the raw store"):
        RawStore(tmp_path / "raw").open_inbox("cascade")


def test_a_file_that_is_gone_is_told_and_not_listed(store, tmp_path):
    with pytest.raises(PermanentError, match="cannot write to the raw store"):
        store.put(tmp_path / "gone", received())

    assert verify(store).documents == 0


def _put_many(folder, writer):
    store = RawStore(folder)
    for number in range(20):
        store.put_bytes(f"{writer} {number}".encode(), received(f"{writer}-{number}"))


def test_several_processes_write_one_unbroken_chain(store):
    processes = [multiprocessing.Process(target=_put_many, args=(store.folder, writer)) for writer in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert [entry.number for entry in store.manifest.entries()] == list(range(1, 61))
    assert verify(store).is_intact
