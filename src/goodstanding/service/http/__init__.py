"""What stands under every face of the service: context, checks of requests, the guard, problems, numbers."""
