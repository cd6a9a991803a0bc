-- 0023 oidc: signing in at the partner's own identity provider. A provider that was taken away keeps its row without the
-- secret, so that no old key is held up by it; whoever turns the key ring seals the secret of the others anew.
-- Locks: oidc_provider exclusively for a moment. Undo: drop the columns and constraints, revoke the grants.
set local lock_timeout = '2s';

-- withheld: what whoever set it up may not, of all that a role may. It vouches for nobody who may any of that, or an
-- administrator could come in as the owner.
alter table oidc_provider
    add column name text not null default '' check (length(name) <= 60),
    add column withheld text[] not null default '{}',
    add column created_at timestamptz not null default now(),
    add column removed_at timestamptz,
    alter column key_epoch drop not null,
    alter column sealed drop not null,
    add constraint oidc_provider_sealed_whole check ((key_epoch is null) = (sealed is null)),
    add constraint oidc_provider_sealed_while_there check (removed_at is not null or sealed is not null),
    add constraint oidc_provider_removed_is_off check (removed_at is null or not enabled);

grant update (name, withheld, created_at, removed_at) on oidc_provider to tenon_api;
grant select (partner_id, class, key_epoch, sealed, removed_at), update (key_epoch, sealed) on oidc_provider
    to tenon_operator;
