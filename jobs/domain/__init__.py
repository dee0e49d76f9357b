"""What the lake's words mean, without Spark's sessions or files: cameras and when they are valid, tokens, errors."""
