-- The tables of the mirror as this version has them: new columns, triggers, and the types that came with it. A cache: what is lost is read again.
SELECT tabula_rasa.enable_services(VARIADIC ARRAY(SELECT service FROM tabula_rasa.enabled_service));
