#!/usr/bin/perl
# Shows tokens to Crypt::JWT: issuer, JWKS and tokens in; one line each out, the user or a refusal.
use strict;
use warnings;
use Crypt::JWT qw(decode_jwt);
use JSON::PP qw(decode_json);

my ($issuer, $jwks, @tokens) = @ARGV;
my $keys = decode_json($jwks);
for my $token (@tokens) {
    my $claims = eval {
        decode_jwt(
            token        => $token,
            kid_keys     => $keys,
            accepted_alg => ["EdDSA", "ES256", "RS256"],
            verify_iss   => sub { $_[0] eq $issuer },
            verify_aud   => sub { $_[0] eq "wxlogin" },
            verify_exp   => 1,
            verify_iat   => 1,
        );
    };
    print defined $claims ? $claims->{sub} : "refused", "\n";
}
