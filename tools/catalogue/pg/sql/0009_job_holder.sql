-- Who has a job, and since when.

alter table public.job_lock add column since timestamptz not null default now();

create or replace function job_acquire(environment text, job text, holder text, seconds double precision) returns bigint
language sql security definer set search_path = public, pg_temp as $$
    insert into job_lock as j (environment, job, holder, lease_until, since)
    values (job_acquire.environment, job_acquire.job, job_acquire.holder,
            clock_timestamp() + make_interval(secs => seconds), clock_timestamp())
    on conflict (environment, job) do update
       set holder = excluded.holder, lease_until = excluded.lease_until,
           fence = j.fence + (j.holder <> excluded.holder or j.lease_until < clock_timestamp())::int,
           since = case when j.holder <> excluded.holder or j.lease_until < clock_timestamp()
                        then excluded.since else j.since end
     where j.holder = excluded.holder or j.lease_until < clock_timestamp()
    returning fence
$$;

-- The holder whose lease is not over: no row where the job is free.
create function job_holder(environment text, job text)
returns table (holder text, fence bigint, since timestamptz, lease_until timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
    select j.holder, j.fence, j.since, j.lease_until
      from job_lock j
     where j.environment = job_holder.environment and j.job = job_holder.job
       and j.lease_until >= clock_timestamp()
$$;

select twotower_reserve('job_holder(text,text)', array['service_role']);
