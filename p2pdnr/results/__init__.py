"""What a solve leaves behind: tables, summary, folder, what the page receives, exports."""
