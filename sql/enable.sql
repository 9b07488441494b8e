-- The services that are mirrored unless someone says otherwise; an update does not ask again.
SELECT tabula_rasa.enable_services('*') WHERE NOT EXISTS (SELECT FROM tabula_rasa.enabled_service);
UPDATE tabula_rasa.enabled_service SET at_creation = true
WHERE NOT EXISTS (SELECT FROM tabula_rasa.enabled_service WHERE at_creation);
