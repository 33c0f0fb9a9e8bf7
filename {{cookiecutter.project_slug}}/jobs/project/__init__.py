"""What this project's own files say: samconfig.toml, template.yaml."""
