from config.models.api_tokens import ApiToken, Scope
from config.models.members import Member, Role
from config.models.runs import Run
from config.models.users import User
from config.models.workspaces import Workspace

__all__ = ["ApiToken", "Member", "Role", "Run", "Scope", "User", "Workspace"]
