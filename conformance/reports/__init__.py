"""What people read: catalogue, compatibility, matrix page, upgrade report."""
