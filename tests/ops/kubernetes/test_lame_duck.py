"""The preStop hook of the NATS pods, on a real server: clients are told, and the SIGTERM that follows waits."""

import asyncio

import nats
from manifests import LKE, containers, find

from services.embedded.process import executable, free_port, listening, spawn, wait_ready


async def test_clients_are_told_before_the_server_stops(tmp_path):
    (server,) = containers(find(LKE, "StatefulSet", "nats"))
    shell, option, script = server["lifecycle"]["preStop"]["exec"]["command"]
    config = find(LKE, "ConfigMap", "nats")["data"]["nats.conf"]
    (line,) = [line for line in config.splitlines() if line.startswith("pid_file: ")]
    written = line.removeprefix("pid_file: ")
    assert any(mount["mountPath"] == written.rpartition("/")[0] for mount in server["volumeMounts"])

    port, pid_file = free_port(), tmp_path / "nats.pid"
    (tmp_path / "nats.conf").write_text(
        f'listen: "127.0.0.1:{port}"\npid_file: "{pid_file}"\n'
        'lame_duck_duration: "30s"\nlame_duck_grace_period: "10s"\n'
    )
    program = executable("nats-server")
    child = await spawn("nats-server", [program, "-c", tmp_path / "nats.conf"], tmp_path / "log")
    await wait_ready(child, lambda: listening(port), 60)
    told = asyncio.Event()

    async def on_lame_duck() -> None:
        told.set()

    client = await nats.connect(f"nats://127.0.0.1:{port}", lame_duck_mode_cb=on_lame_duck)
    script = script.replace("nats-server", str(program)).replace(written, str(pid_file))
    hook = await asyncio.create_subprocess_exec(shell, option, script)
    assert await asyncio.wait_for(hook.wait(), 60) == 0
    await asyncio.wait_for(told.wait(), 60)
    child.process.terminate()  # as Kubernetes does once the hook has ended
    await client.flush(timeout=5)
    assert child.process.returncode is None
    await client.close()
    child.process.kill()
    await child.process.wait()
