"""`server.quota` counts tokens for nothing and believes a header; from 1.0.0 on it is ignored."""
