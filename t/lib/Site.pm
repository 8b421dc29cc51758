# SPDX-License-Identifier: Apache-2.0
# The site of most live tests: an API at /app_api, a protected folder, a protected CGI, texts in the
# error log.
package Site;
use strict;
use warnings;
use Client ();
use Httpd ();
use Postgres ();
use Time::HiRes qw(sleep time);

my $people = 0;

# driver => sqlite|pgsql, mpm, server => directives, api => directives of its Location, locations =>
# sections, sender => its line, key => its line, pg => a Postgres, params => DBDParams (default: a
# new database); the rest is for Httpd.
sub new {
    my ($class, %o) = @_;
    my $driver = delete $o{driver} // 'sqlite';
    my $sender = exists $o{sender} ? delete $o{sender} : 'AuthSMSSender log';
    my $key = exists $o{key} ? delete $o{key} : 'AuthSMSKey HS256 file:key';
    my %part = map { $_ => delete $o{$_} // '' } qw(server api locations);
    my ($pg, $params) = delete @o{qw(pg params)};
    my $httpd = Httpd->new(%o);
    my $self = bless { httpd => $httpd, driver => $driver, own_pg => !$pg }, $class;

    $self->{pg} = $pg // Postgres->new if $driver eq 'pgsql';
    $params //= $driver eq 'pgsql' ? $self->{pg}->create_database : $httpd->dir . '/db/users.db';
    $self->{database} = $self->{pg}{name} if $self->{pg};
    $httpd->write(
        'key', 'hex:' . join('', map { sprintf '%02x', int rand 256 } 1 .. 32) . "\n",
        0600
    );
    $httpd->write('htdocs/index.html', "open page\n");
    $httpd->write('htdocs/private/index.html', "protected page\n");
    $httpd->write(
        'cgi/env.cgi',
        "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nenv | sort\n", 0755
    );
    $httpd->{conf} = <<"END";
DBDriver ${\($driver eq 'pgsql' ? 'pgsql' : 'sqlite3')}
DBDParams "$params"
DBDMin 8
DBDKeep 8
DBDMax 8
DBDExptime 0
ScriptAlias "/cgi" "${\$httpd->dir}/cgi"
$key
$sender
AuthSMSPasswordHash bcrypt cost=4
$part{server}
<Location "/app_api">
    AuthSMSApi On
    Require all granted
    $part{api}
</Location>
<Location "/private">
    AuthType JWT
    AuthName "private"
    Require valid-user
</Location>
<Location "/cgi">
    AuthSMSProtect On
    Require all granted
</Location>
$part{locations}
END
    $httpd->expect_log(qr/AuthSMSSender log writes codes|AuthSMSPasswordHash: cost=4/);
    my $always200 = "$part{server}\n$part{api}" =~ /^\s*AuthSMSStatus always200/m;
    $self->{client} = Client->new($httpd->port, always200 => $always200);
    return $self;
}

# The bytes of the HMAC key.
sub key {
    my ($self) = @_;
    open my $in, '<', $self->{httpd}->dir . '/key' or die "key: $!";
    return pack 'H*', <$in> =~ /^hex:(\w+)/;
}

# Accessors, and start and stop of httpd and its own PostgreSQL.
sub httpd { $_[0]{httpd} }
sub client { $_[0]{client} }
sub start { my ($self) = @_; $self->{httpd}->start; return $self }

sub stop {
    my ($self) = @_;
    $self->{httpd}->stop;
    $self->{pg}->stop if $self->{own_pg} && $self->{pg};
    return;
}

# The output of a statement in the site's database.
sub sql {
    my ($self, $sql) = @_;
    return $self->{pg}->psql($self->{database}, $sql) if $self->{pg};
    open my $out, '-|', 'sqlite3', '-cmd', '.timeout 5000', '-cmd', 'PRAGMA foreign_keys=ON',
        $self->{httpd}->dir . '/db/users.db', $sql
        or die "sqlite3: $!";
    local $/;
    my $text = <$out> // '';
    close $out or die "sqlite3 fails: $sql";
    return $text =~ s/\n\z//r;
}

# Every code was sent this many seconds earlier, for its challenge too: resend= of AuthSMSCode need
# not be waited for.
sub age_codes {
    my ($self, $seconds) = @_;
    for (['codes', 'created_at'], ['challenges', 'sent_at']) {
        my ($table, $time) = @$_;
        $self->sql("UPDATE authsms_$table SET $time = $time - $seconds * 1000000 WHERE $time > 0");
    }
    return;
}

# SQLite: a shell that holds the writers' lock of the database until it is closed.
sub hold_database {
    my ($self) = @_;
    my $is_held = $self->{httpd}->dir . '/run/is-held';
    open my $shell, '|-', 'sqlite3', '-bail', '-cmd', '.timeout 5000',
        $self->{httpd}->dir . '/db/users.db'
        or die "sqlite3: $!";
    $shell->autoflush;
    print $shell "BEGIN IMMEDIATE;\n.shell touch '$is_held'\n";
    my $end = time + 10;
    sleep 0.02 until -e $is_held || time > $end;
    unlink $is_held or die 'the database cannot be locked';
    return $shell;
}

# The newest code that the log sender wrote for a number.
sub code_of {
    my ($self, $number) = @_;
    return $self->{httpd}->wait_log(
        sub {
            my @codes = $_[0] =~ /SMS to \Q$number\E: .*?code(?: to log in)? is (\d+)/g;
            return $codes[-1];
        },
        "a code for $number"
    );
}

# POST JSON to a route.
sub api {
    my ($self, $path, $data, @h) = @_;
    return $self->{client}->json_post("/app_api$path", $data, @h);
}

# A new username, password and mobile number.
sub person {
    my $n = ++$people;
    return {
        username => "user$n", password => "correct horse $n",
        smsmobile => sprintf('07700 9%05d', $n)
    };
}

# A person's number in E.164.
sub e164 {
    my ($person) = @_;
    (my $n = $person->{smsmobile}) =~ s/\D//g;
    $n =~ s/^0//;
    return "+44$n";
}

# POST /user.
sub register { my ($self, $person) = @_; return $self->api('/user', $person) }

# POST /user/:id/verify with the logged code.
sub verify {
    my ($self, $person, $id) = @_;
    return $self->api("/user/$id/verify", { %$person, code => $self->code_of(e164($person)) });
}

# POST /authenticate.
sub login {
    my ($self, $person) = @_;
    return $self->api('/authenticate', { map { $_ => $person->{$_} } qw(username password) });
}

# Register, verify, log in; returns the person with id and token ("JWT ...").
sub signup {
    my ($self, %o) = @_;
    my $person = { %{ person() }, %o };
    my $registered = $self->register($person);
    $person->{id} = $registered->{json}{id} // die "cannot register: $registered->{raw}";
    if (ref $registered->{json}{msg} && $registered->{json}{msg}{msg} eq $person->{id}) {
        my $verified = $self->verify($person, $person->{id});
        die "cannot verify: $verified->{raw}" if $verified->{status} != 200;
    }
    my $login = $self->login($person);
    $person->{token} = $login->{json}{token} // die "cannot log in: $login->{raw}";
    return $person;
}

1;
