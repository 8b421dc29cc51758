# SPDX-License-Identifier: Apache-2.0
# AuthType JWT without a Require, where an outer section grants access to all, as Debian's does: nobody gets in by that.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Test::More;

sub status {
    my ($sections, %o) = @_;
    my $site = Site->new(server => 'AuthSMSValidation Off', sender => '');
    $site->httpd->{conf} .= "<Directory \"@{[$site->httpd->dir]}/htdocs\">\nRequire all granted\n</Directory>\n$sections";
    $site->httpd->write("htdocs/$_/index.html", "page\n") for qw(bare bare/inner other);
    $site->start;
    my $person = $site->signup;
    my %status = map { $_ => join ' ', $site->client->get($_)->{status}, $site->client->get($_, Authorization => $person->{token})->{status} } qw(/bare/ /bare/inner/ /other/ /private/);
    $site->httpd->expect_log(qr/AuthType JWT without a Require/);
    $site->stop;
    return \%status;
}

my %rest = ('/other/' => '200 200', '/private/' => '401 200');
is_deeply status("<Location /bare>\nAuthType JWT\n</Location>\n"), { %rest, '/bare/' => '500 500', '/bare/inner/' => '500 500' }, 'no Require';
is_deeply status("<Directory />\nAllowOverride FileInfo Options=All\n</Directory>\n<Location /bare>\nAuthType JWT\n</Location>\n"), { %rest, '/bare/' => '500 500', '/bare/inner/' => '500 500' }, 'no file may bring one';
is_deeply status("<Directory />\nAllowOverride Limit AuthConfig\n</Directory>\n<Location /bare>\nAuthType JWT\n</Location>\n"), { %rest, '/bare/' => '200 200', '/bare/inner/' => '200 200' }, 'a file may';
is_deeply status("<Location /bare>\nAuthType JWT\n</Location>\n<Location /bare>\nAuthSMSProtect On\n</Location>\n"), { %rest, '/bare/' => '401 200', '/bare/inner/' => '401 200' }, 'AuthSMSProtect elsewhere';
is_deeply status("<Location /bare>\nAuthType JWT\n<Limit GET>\nRequire valid-user\n</Limit>\n</Location>\n"), { %rest, '/bare/' => '401 200', '/bare/inner/' => '401 200' }, 'a Require within';
is_deeply status("<Location /bare>\nAuthType JWT\nRequire all granted\n</Location>\n"), { %rest, '/bare/' => '200 200', '/bare/inner/' => '200 200' }, 'one that asks nobody, and says so';
is_deeply status("<Location /bare>\nAuthType JWT\n</Location>\n<Location /bare/inner>\nRequire valid-user\n</Location>\n"), { %rest, '/bare/' => '200 200', '/bare/inner/' => '401 200' }, 'one that relies on it';
is_deeply status("<Location /bare>\nAuthType JWT\n</Location>\n<Location /other>\nAuthType JWT\nRequire valid-user\n</Location>\n"), { %rest, '/bare/' => '500 500', '/bare/inner/' => '500 500', '/other/' => '401 200' }, 'one elsewhere, with an AuthType of its own';
done_testing;
