"""Who may do what: the four roles against every relation and function of both schemas. What stands in none of these is for nobody."""

READER, EDITOR, OPERATOR, ADMINISTRATOR = ROLES = [f"tabula_rasa_{each}" for each in ("reader", "editor", "operator", "administrator")]
INHERITS = {READER: {READER}, EDITOR: {READER, EDITOR}, OPERATOR: {READER, EDITOR, OPERATOR}, ADMINISTRATOR: {READER, ADMINISTRATOR}}
CONDITIONS = "tabula_rasa_cleanup_policy"  # the conditions of rules run as this role
WRITE = {"INSERT", "UPDATE", "DELETE"}
READ = {READER: {"SELECT"}}
MANAGE = {ADMINISTRATOR: {"SELECT"} | WRITE}
MIRROR = READ | {EDITOR: WRITE}

RELATIONS = {
    "account": MANAGE,
    "caller": {},
    "cleanup_policy": READ | {ADMINISTRATOR: {"SELECT", "DELETE"}},
    "disabled_service": READ,
    "edit": READ,
    "edit_edit_id_seq": {},
    "enabled_service": READ,
    "journal": READ,
    "reading": READ,
    "reference": READ,
    "resource_type": READ,
    "run": READ,
    "run_progress": READ,
    "run_run_id_seq": {},
    "setting": MANAGE,
    "subnet_internet_path": READ,
}
COLUMNS = {  # what a reader sees of relations that it may not read wholly
    "account": {"account_id", "name", "regions", "disposable", "readers"},
    "caller": {"account_id", "arn", "user_name", "role_name", "confirmed_at"},
}
RULE = {"name", "resource_type", "action", "condition", "priority", "reason", "enabled"}  # what an administrator writes of a rule: not built_in
FUNCTIONS = {
    "condition_view": set(),
    "explain_cleanup": {READER},
    "iam_policy": {READER},
    "may_see": {READER},
    "preview_changes": {READER},
    "record_as_sql": {READER},
    "records_as_sql": {READER},
    "resource_types": {READER},
    "subnet_internet_paths": {READER},
    "unreviewed_types": {READER},
    "check_account_defaults": {EDITOR, ADMINISTRATOR},
    "mirror_account": {EDITOR, ADMINISTRATOR},
    "delete_cascade": {EDITOR},
    "discard_changes": {EDITOR},
    "apply_changes": {OPERATOR},
    "delete_all_records": {OPERATOR},
    "restore_account_defaults": {OPERATOR},
    "disable_services": {ADMINISTRATOR},
    "doctor": {ADMINISTRATOR},
    "enable_services": {ADMINISTRATOR},
    "records_matching": set(),
}
