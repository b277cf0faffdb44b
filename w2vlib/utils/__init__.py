"""What every other package needs: errors, files, checkpoints, statistics, Markdown."""
