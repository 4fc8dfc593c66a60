"""A Spark standalone cluster on loopback, of the PySpark package: a master and workers, each a process of its own."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyspark

HOST, PORT, LEAST_UI_PORT = "127.0.0.1", 17077, 18080
WAIT_SECONDS = 60
CORES, MEMORY = "1", "3g"


@dataclass(frozen=True)
class Nodes:
    """A running cluster."""

    master: str
    workers: list[subprocess.Popen[bytes]]

    def kill_worker(self) -> None:
        """Kill one worker, with the executor that it runs: the whole group of processes, at once."""
        os.killpg(self.workers[0].pid, signal.SIGKILL)

    def workers_alive(self) -> int:
        return sum(worker.poll() is None for worker in self.workers)


@contextmanager
def started(workers: int) -> Iterator[Nodes]:
    """A cluster, until the block ends. Raises TimeoutError if it does not come up."""
    home = Path(pyspark.__file__).parent
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        # What who runs a cluster sets for it: 200 parts of a shuffle, Spark's own choice, are many for two cores.
        settings = Path(folder) / "spark-defaults.conf"
        settings.write_text(f"spark.sql.shuffle.partitions {2 * workers}\nspark.driver.host {HOST}\n", encoding="utf-8")
        os.environ |= {"SPARK_LOCAL_IP": HOST, "SPARK_CONF_DIR": folder}
        environment = os.environ | {"SPARK_HOME": str(home), "SPARK_NO_DAEMONIZE": "1"}
        log = (Path(folder) / "log").open("wb")

        def start(role: str, *options: str) -> subprocess.Popen[bytes]:
            command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{role}", "--host", HOST, *options]
            return subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, cwd=folder, start_new_session=True
            )

        running = [start("master.Master", "--port", str(PORT), "--webui-port", str(LEAST_UI_PORT))]
        try:
            _wait(Path(folder) / "log", "I have been elected leader", 1)
            master = f"spark://{HOST}:{PORT}"
            for number in range(1, workers + 1):
                ports = ("--webui-port", str(LEAST_UI_PORT + number), "--work-dir", f"{folder}/work-{number}")
                running.append(start("worker.Worker", "--cores", CORES, "--memory", MEMORY, *ports, master))
            _wait(Path(folder) / "log", "Successfully registered with master", workers)
            yield Nodes(master, running[1:])
        finally:
            for process in reversed(running):
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGTERM)
                    process.wait(WAIT_SECONDS)
            log.close()


def _wait(log: Path, said: str, times: int) -> None:
    for _ in range(WAIT_SECONDS * 10):
        if log.read_text(errors="replace").count(said) >= times:
            return
        time.sleep(0.1)
    raise TimeoutError(f"{said!r} was not said {times} times:\n{log.read_text(errors='replace')[-2000:]}")
