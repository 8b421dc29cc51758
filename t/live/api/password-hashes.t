# SPDX-License-Identifier: Apache-2.0
# Passwords hashed with bcrypt and Argon2id, and a change between the two.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Test::More;
use Time::HiRes qw(sleep);

my $argon2id = qr/^\$argon2id\$v=19\$m=7168,t=5,p=1\$/;
my $bcrypt = qr/^\$2y\$04\$/;

# Salt and tag of "password" under m=256,t=2,p=1.
my $tail = '$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';

for my $driver (qw(sqlite pgsql)) {
    subtest $driver => sub {
        my $site = Site->new(driver => $driver);
        my $httpd = $site->httpd;
        my $configure = sub {
            my ($hash) = @_;
            my @old = $httpd->children;
            $httpd->{conf} =~ s/^AuthSMSPasswordHash .*/AuthSMSPasswordHash $hash/m or die;
            $httpd->write('httpd.conf', $httpd->config);
            $httpd->graceful;
            for (1 .. 200) { last unless kill 0, @old; sleep 0.05 }
        };
        my $stored = sub {
            my ($person) = @_;
            return $site->sql(
                "SELECT password FROM authsms_users WHERE username = '$person->{username}'");
        };
        $site->start;
        my $old = $site->signup;
        like $stored->($old), $bcrypt, 'bcrypt is the default';
        is $site->register({ %{ Site::person() }, password => 'x' x 73 })->{json}{code},
            'weak_password', 'which refuses passwords over 72 bytes';

        $configure->('argon2id m=7168 t=5');
        is $site->login({ %$old, password => 'wrong' })->{status}, 401, 'a wrong password: 401';
        like $stored->($old), $bcrypt, 'the hash is not changed by it';
        is $site->login($old)->{status}, 200, 'a bcrypt hash is verified with argon2id configured';
        like $stored->($old), $argon2id, 'and replaced';
        is $site->login($old)->{status}, 200, 'the next login succeeds too';
        my $first = $stored->($old);
        is $site->login($old)->{status}, 200, 'and another one';
        is $stored->($old), $first, 'a hash that is up to date stays';

        my $long = $site->signup(password => 'p' x 1024);
        like $stored->($long), $argon2id, 'a password of 1024 bytes is hashed';
        is $site->login({ %$long, password => 'p' x 1023 })->{status}, 401, 'one byte less: 401';
        is $site->register({ %{ Site::person() }, password => 'x' x 1025 })->{json}{code},
            'weak_password', 'more than 1024 bytes are refused';

        $site->sql("UPDATE authsms_users SET password = '"
                . '$argon2id$v=19$m=256,t=2,p=1'
                . $tail
                . "' WHERE username = '$old->{username}'");
        is $site->login({ %$old, password => 'password' })->{status}, 200,
            'a hash of another implementation is verified';
        like $stored->($old), $argon2id, 'and replaced by one of the configured parameters';

        for my $parameters ('m=4294967295,t=1,p=1', 'm=262144,t=4096,p=1', 'm=256,t=2,p=16777215') {
            $site->sql("UPDATE authsms_users SET password = '\$argon2id\$v=19\$$parameters"
                    . $tail
                    . "' WHERE username = '$old->{username}'");
            is $site->login({ %$old, password => 'password' })->{status}, 401,
                "a hash out of bounds never matches: $parameters";
        }
        my @logged = $httpd->error_log =~
            /no password can match the stored hash of account \Q$old->{id}\E: \w/g;
        is scalar(@logged), 3, 'each is logged';
        $httpd->expect_log(qr/no password can match the stored hash/);

        my $short = $site->signup;
        $configure->('bcrypt cost=4');
        is $site->login($short)->{status}, 200,
            'an Argon2id hash is verified with bcrypt configured';
        like $stored->($short), $bcrypt, 'and replaced';
        is $site->login($long)->{status}, 200, 'a password over 72 bytes still logs in';
        like $stored->($long), $argon2id, 'and keeps its hash';
        is $site->login({ %$long, password => 'p' x 72 })->{status}, 401,
            'its first 72 bytes do not';
        $site->stop;
    };
}
done_testing;
