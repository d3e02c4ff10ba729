"""Puts the built web app into the wheel. PROTEUS_WEB=require makes a wheel without it an error, as a release does."""

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebHook(BuildHookInterface):  # type: ignore[misc]  # hatchling has no types
    """An editable install serves web/dist itself and needs nothing."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add web/dist as services/gateway/web."""
        built = Path(self.root, "web/dist")
        if version == "editable":
            return
        if (built / "index.html").is_file():
            build_data["force_include"][str(built)] = "services/gateway/web"
        elif os.environ.get("PROTEUS_WEB") == "require":
            raise RuntimeError("the web app is not built: run `make web` first")
        else:
            self.app.display_warning(
                "The web app is not built: this wheel serves the API alone (`make web` builds it)."
            )
