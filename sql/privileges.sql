-- Nothing here is for everybody: the functions run with the rights of the extension's owner, and reach AWS.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA tabula_rasa FROM PUBLIC;
REVOKE ALL ON SCHEMA tabula_rasa, aws FROM PUBLIC;
