"""What the layer raises to answer with an AWS error."""


class AWSError(Exception):
    """An error as AWS answers it. `status` overrides the model's HTTP status."""

    def __init__(self, code: str, message: str, status: int | None = None):
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class DropConnection(ConnectionError):
    """Close the connection without an answer (werkzeug does so for any ConnectionError)."""
