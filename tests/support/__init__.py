"""What several tests share: small tasks, results by hand, things to compare with. No part of the package."""
