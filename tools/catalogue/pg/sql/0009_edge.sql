-- What edge functions write.

-- Writes a user's embedding of a version, whose partition it makes where there is none.  Returns
-- 'written', or 'same' where features of that digest were embedded already and `force` is false.
create function public.save_user_embedding(user_id uuid, model_version text, embedding real[],
                                    input_digest text, force boolean default false) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform public.twotower_admit();
    if not force and exists (
            select from public.user_embeddings e
             where e.user_id = save_user_embedding.user_id
               and e.model_version = save_user_embedding.model_version
               and e.input_digest = save_user_embedding.input_digest) then
        return 'same';
    end if;
    if public.embedding_partition('user', model_version) is null then
        perform public.create_embedding_partition('user', model_version, cardinality(embedding));
    end if;
    execute format($write$
        insert into public.user_embeddings (user_id, model_version, embedding, input_digest)
        values ($1, $2, $3::%s, $4)
        on conflict (user_id, model_version) do update
           set embedding = excluded.embedding, input_digest = excluded.input_digest, updated_at = now()
        $write$, public.twotower_halfvec(cardinality(embedding)))
      using user_id, model_version, embedding, input_digest;
    return 'written';
end $$;
