"""Lines of writing, as the line network learns them: what stands in them, hands, paper, light."""
