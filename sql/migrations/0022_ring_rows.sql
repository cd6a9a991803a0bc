-- 0022 ring_rows: whoever turns the key ring seals anew what people, certificates, webhooks and waiting mail hang on it.
-- Locks: none on existing tables beyond a moment's share. Undo: revoke the grants.
grant update (totp_epoch, totp_sealed) on app_user to tenon_operator;
grant update (key_epoch, sealed) on host_certificate to tenon_operator;
grant select (partner_id, class, key_epoch, sealed), update (key_epoch, sealed) on audit_webhook to tenon_operator;
grant select (partner_id, mail_id, class, key_epoch, sealed), update (key_epoch, sealed) on mail to tenon_operator;
