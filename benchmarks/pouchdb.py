"""PouchDB as a peer of the push: from a database on disk (LevelDB) to express-pouchdb in a process beside.

Its packages come from npm into a folder that goes with the run. Replication has batches of 500, as the floor;
PouchDB does not sync each write to the disk, the other two do.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGES = ("pouchdb@9.0.0", "express-pouchdb@4.2.0", "express@4")

SERVER = """
const PouchDB = require('pouchdb').defaults({prefix: process.argv[2] + '/'});
const app = require('express')();
app.use('/', require('express-pouchdb')(PouchDB, {
  configPath: process.argv[2] + '/config.json', logPath: process.argv[2] + '/log.txt',
}));
const server = app.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port));
"""

LAPTOP = """
const PouchDB = require('pouchdb').defaults({prefix: process.argv[2] + '/'});
(async () => {
  const queue = new PouchDB('queue');
  const lines = require('fs').readFileSync(process.argv[3], 'utf8').trim().split('\\n').map(JSON.parse);
  for (let at = 0; at < lines.length; at += 500) await queue.bulkDocs(lines.slice(at, at + 500));
  const there = new PouchDB(process.argv[4] + '/centre');
  await there.info();
  const began = performance.now();
  const done = await queue.replicate.to(there, {batch_size: 500});
  const seconds = (performance.now() - began) / 1000;
  const info = await there.info();
  console.log(JSON.stringify({seconds, written: done.docs_written, there: info.doc_count}));
  process.exit(0);
})();
"""


@contextmanager
def installed() -> Iterator[Path]:
    """A folder with the packages in it. Raises OSError or CalledProcessError where npm cannot be had."""
    folder = Path(tempfile.mkdtemp(prefix="pouchdb-"))
    try:
        (folder / "package.json").write_text("{}")
        npm = ["npm", "install", "--no-audit", "--no-fund", "--silent", *PACKAGES]
        subprocess.run(npm, cwd=folder, check=True)
        (folder / "server.js").write_text(SERVER)
        (folder / "laptop.js").write_text(LAPTOP)
        yield folder
    finally:
        shutil.rmtree(folder)


def push(packages: Path, receptions: list[dict[str, object]], folder: Path) -> float:
    """Seconds from the first question of the replication to its last answer."""
    lines = "".join(json.dumps({"_id": f"{n:08}", **each}) + "\n" for n, each in enumerate(receptions))
    (folder / "dossiers.jsonl").write_text(lines)
    for name in ("there", "here"):
        (folder / name).mkdir()
    serving = subprocess.Popen(
        ["node", packages / "server.js", folder / "there"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=packages,
    )
    try:
        assert serving.stdout is not None
        url = serving.stdout.readline().strip()
        laptop = ["node", packages / "laptop.js", folder / "here", folder / "dossiers.jsonl", url]
        said = subprocess.run(laptop, check=True, stdout=subprocess.PIPE, text=True, cwd=packages).stdout
    finally:
        serving.terminate()
        serving.wait()
        assert serving.stdout is not None
        serving.stdout.close()
    done = json.loads(said)
    assert done["written"] == done["there"] == len(receptions), done
    return float(done["seconds"])
