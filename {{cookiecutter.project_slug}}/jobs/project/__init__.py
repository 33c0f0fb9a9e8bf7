"""What this project's own files say: samconfig.toml, template.yaml."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
