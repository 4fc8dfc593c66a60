"""Pages: a person's standing as one self-contained file, a local site that lists people by band, a consent asked."""
